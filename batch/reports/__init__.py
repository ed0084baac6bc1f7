"""reports say: values in, tables, pages, workbooks and terminal lines out."""
