"""Who makes and sends the partitions: this process, or others."""
