"""What a run left behind: its tables, its indicators, its schema, its export."""

from stepdown.results.export import export_parquet
from stepdown.results.run import Results
from stepdown.results.schema import markdown, schema

__all__ = ["Results", "export_parquet", "markdown", "schema"]
