"""The benchmark: ours beside fio, nwipe, shred, scrub and dd, on the same disks in one run. It measures; it never fails."""
