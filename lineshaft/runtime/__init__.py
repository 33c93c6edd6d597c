"""Starts and watches the processes of one machine: embedded database, embedded broker, services."""
