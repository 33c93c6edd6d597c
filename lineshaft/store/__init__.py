"""The only door to PostgreSQL and TimescaleDB: all SQL, and the migrations."""
