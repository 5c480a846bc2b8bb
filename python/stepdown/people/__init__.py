"""People as columns: the caseload, the population, and sets of patients as Mesa knows them."""
