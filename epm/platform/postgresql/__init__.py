"""Django's PostgreSQL, with the id of the request in front of every statement."""
