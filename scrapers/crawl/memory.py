"""The memory of a crawl itself: on Linux the peak of getrusage(2) begins with that of the process before exec."""

from pathlib import Path

from scrapy.extensions.memusage import MemoryUsage

STATUS = Path("/proc/self/status")


class CrawlMemoryUsage(MemoryUsage):
    """Scrapy's bound on memory, held against what this process took since it began, not what its parent had taken."""

    def get_virtual_size(self) -> int:
        """Return the peak of resident memory in bytes: VmHWM of proc_pid_status(5), elsewhere as Scrapy reads it."""
        try:
            lines = STATUS.read_text(encoding="ascii").splitlines()
        except OSError:
            return super().get_virtual_size()
        peaks = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")]
        return peaks[0] if peaks else super().get_virtual_size()
