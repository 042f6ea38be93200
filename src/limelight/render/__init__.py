"""An explanation as a picture, a page, a table, or lines in a terminal."""
