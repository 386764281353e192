"""Read, clean, split and embed the library, and write and open its index. Imports no sibling package."""
