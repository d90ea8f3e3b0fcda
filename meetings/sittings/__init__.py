"""A council or committee meeting as an object: bodies and mandates, agenda, convocation, proxies, and the journal."""
