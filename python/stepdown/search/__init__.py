"""Policy search: the cheapest package of levers and programmes under which some outcomes hold, and what binds where none does."""
