"""Where mails land while no mail server is named: an SMTP server of our own and the pages that show what came."""
