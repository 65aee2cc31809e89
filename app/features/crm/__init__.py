"""Customers and the daily work with them."""
