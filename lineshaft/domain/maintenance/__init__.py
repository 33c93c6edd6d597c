"""What people do about machines: orders, plans, parts and the figures of maintenance; pure."""
