"""Who is there: presence from check-in and from the live connection, proxies, interests, and the quorum."""
