"""People as columns: the caseload, the population, and sets of patients that behave as Mesa agent sets."""
