"""Lists of media in the shapes in which people keep them, made here: delimited texts, and workbooks by three kinds of writers."""
