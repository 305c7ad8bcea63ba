"""What stands below everything else: errors in words, random numbers, threads, wording."""
