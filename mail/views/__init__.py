"""The doors of mail: for readers without a sign-in, and the pages about messages."""
