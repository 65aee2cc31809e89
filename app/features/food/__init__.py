"""Food distribution: products, orders, lots, recalls, licences, rounds."""
