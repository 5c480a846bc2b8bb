"""What a run left behind: its tables, its indicators, its schema, its export, and whether it is whole."""

from stepdown.results.export import export_parquet
from stepdown.results.run import Results
from stepdown.results.schema import markdown, schema
from stepdown.results.verify import Finding, Verdict, verify

__all__ = ["Finding", "Results", "Verdict", "export_parquet", "markdown", "schema", "verify"]
