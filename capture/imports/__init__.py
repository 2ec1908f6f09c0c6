"""Imports: files of other systems become captures and deals, through the same flows as everything else."""
