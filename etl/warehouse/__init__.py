"""The person-level store: snapshots, transitions as leaves, and the checks on both."""
