"""Disclosure control: the publication plan, the policy, the rules and the one protecting step."""
