"""The reads behind the lists of bank transfers: a page is one statement, and PostgreSQL writes the finished JSON."""
