"""The ways in for mail: LMTP and SMTP, IMAP, a pipe and HTTP. All of them end in the gateway."""
