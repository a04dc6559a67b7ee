"""The nexo Retailer message catalogue, one file per group: the structs are the schema table."""
