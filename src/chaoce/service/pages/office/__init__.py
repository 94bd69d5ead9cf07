"""The pages of the programme office, the auditor and the city's leaders: where the year stands, the record, the policy itself."""
