"""The pages of leads, companies, the inbox and the criteria. Each write calls one flow."""
