"""The results of a run: its tables, indicators, schema, export and verification."""

from stepdown.results.export import export_parquet
from stepdown.results.run import Results
from stepdown.results.schema import markdown, schema, table_page
from stepdown.results.verify import Finding, Verdict, verify

__all__ = ["Finding", "Results", "Verdict", "export_parquet", "markdown", "schema", "table_page", "verify"]
