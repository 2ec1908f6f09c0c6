"""The handover between marketing and sales: offered, decided by exactly one person, followed up."""
