"""The terminal's requests in nexo Retailer: what it shows, asks, prints and tells the till."""
