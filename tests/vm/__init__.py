"""Tests on real USB, NVMe and SCSI, inside the virtual machine."""
