"""What commands print: tables, lines and progress for people, CSV, JSON and Parquet for programs."""
