"""The reads behind the lists of bank transfers: a page is one statement, a search two; PostgreSQL writes the JSON."""
