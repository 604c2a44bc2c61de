"""Mail over REST: inboxes, mails that programs bring, held mails, originals, participants."""
