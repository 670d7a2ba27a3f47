"""The labs: loop disks, drives that lie or fail, and a virtual machine with real USB, NVMe and SCSI."""
