"""People of the town: accounts, sign-in, roles, and each person's own data.

`model`, `service` and `web` are folders here, split by concept (registration, sign-in, own account, people); what
other slices use stands in `portal.accounts.service`.
"""
