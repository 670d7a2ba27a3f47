-- The ledger of many stations on one PostgreSQL server, in a database of its own. Run once, by the owner of that database:
--     psql --set=ON_ERROR_STOP=1 --dbname=eraser --file=postgresql.sql
-- Then each station gets a role of its own that may read and append, and nothing else:
--     CREATE ROLE station_1 LOGIN PASSWORD '...' IN ROLE eraser_station;
BEGIN;

CREATE SCHEMA eraser;
CREATE TABLE eraser.entry (
  seq bigint PRIMARY KEY CHECK (seq > 0),
  kind text NOT NULL,
  station text,
  job bigint,
  body bytea NOT NULL,
  nodes bytea NOT NULL
);
CREATE UNIQUE INDEX one_of_each ON eraser.entry (station, job, kind);

-- Stations take turns by a lock on this, for which a role needs a right to it. It stays empty: nobody may insert.
CREATE TABLE eraser.turn (nothing text);

-- What the stations' role may not do anyway, the owner shall not do by mistake.
CREATE FUNCTION eraser.refuse() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON eraser.entry
  FOR EACH STATEMENT EXECUTE FUNCTION eraser.refuse();

-- An entry joins at the end, without a gap. (Stations take turns by a lock; this holds for whoever doesn't.)
CREATE FUNCTION eraser.at_the_end() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN
    IF NEW.seq IS DISTINCT FROM (SELECT coalesce(max(seq), 0) + 1 FROM eraser.entry) THEN
      RAISE EXCEPTION 'an entry joins at the end of the ledger';
    END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER at_the_end BEFORE INSERT ON eraser.entry FOR EACH ROW EXECUTE FUNCTION eraser.at_the_end();

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'eraser_station') THEN
    CREATE ROLE eraser_station NOLOGIN;
  END IF;
END $$;
-- Who is no station has no business in this database: PostgreSQL lets everybody connect unless told otherwise.
DO $$ BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO eraser_station', current_database());
END $$;
REVOKE ALL ON SCHEMA eraser FROM PUBLIC;
REVOKE ALL ON eraser.entry FROM PUBLIC;
GRANT USAGE ON SCHEMA eraser TO eraser_station;
GRANT SELECT, INSERT ON eraser.entry TO eraser_station;
GRANT UPDATE ON eraser.turn TO eraser_station;

COMMIT;
