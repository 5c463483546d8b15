//! What the system says of this process: CPU time and peak memory, and what it is asked to do with memory that is free. Linux tells both in
//! /proc; elsewhere nothing is claimed.

/// CPU seconds of all threads so far, in steps of 10 ms.
pub fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The command's name, in brackets, may hold blanks: fields are counted after it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    // Fields 14 and 15 of proc(5), in ticks of 1/100 s on every Linux.
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

/// Largest resident memory so far (MB).
pub fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024e-6)
}

/// Lets [`peak_mb`] count from now on, where Linux allows it.
pub fn reset_peak() {
    // Refused, the peak is that of the process so far: larger, but true.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Asks the system's allocator to keep a few megabytes of free memory: what a die takes (hundreds of kilobytes) would else go back to the
/// system after it, to be mapped and cleared anew for the next, a tenth of an array test's time.
pub fn keep_free_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    for threshold in [libc::M_TRIM_THRESHOLD, libc::M_MMAP_THRESHOLD] {
        const KEPT: i32 = 8 << 20;
        // SAFETY: sets a number of the allocator. Refused, all goes on as before.
        unsafe { libc::mallopt(threshold, KEPT) };
    }
}
