"""The people around the simulated plant: customers, carriers, dispatchers and the drivers of four vans.

What they do they do by the doors everyone has: orders, shipments, invoices and plans by the API, positions by
MQTT in the dialects of common trackers. Nothing here writes into a table.
"""
