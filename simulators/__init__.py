"""A seeded plant, warehouse and fleet with wear, faults and ground truth."""
