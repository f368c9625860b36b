// What this process has used so far, and what a folder holds: for benchmarks that measure themselves.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace vizsla::bench {

inline double clock_seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

inline double wall_seconds() {
  return clock_seconds(CLOCK_MONOTONIC);
}

// Of all threads, user and system.
inline double process_cpu_seconds() {
  return clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

// Of the thread that asks.
inline double thread_cpu_seconds() {
  return clock_seconds(CLOCK_THREAD_CPUTIME_ID);
}

inline std::uint64_t rss_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// The most that it ever was.
inline std::uint64_t rss_bytes_max() {
  constexpr std::string_view kKey = "VmHWM:";
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(kKey)) return std::stoull(line.substr(kKey.size())) << 10;
  }
  return 0;
}

// All regular files in a folder and those below it; those that vanish meanwhile may be missing.
inline std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::recursive_directory_iterator at(folder, error);
  for (; !error && at != std::filesystem::recursive_directory_iterator(); at.increment(error)) {
    std::error_code gone;
    if (at->is_regular_file(gone)) files.push_back(at->path());
  }
  return files;
}

// Bytes of a store's folder by part: "data" and "index" of blocks, "log", "manifest", and what else there is by its
// extension (by its name where it has none).
inline std::map<std::string, std::uint64_t> disk_bytes(const std::filesystem::path& folder) {
  std::map<std::string, std::uint64_t> parts;
  for (const std::filesystem::path& path : files_below(folder)) {
    std::error_code gone;
    const std::uint64_t bytes = std::filesystem::file_size(path, gone);
    if (gone) continue;
    std::string part = path.has_extension() ? path.extension().string().substr(1) : path.filename().string();
    if (part == "parquet") part = "data";
    if (path.parent_path().filename() == "log") part = "log";
    if (path.filename().string().starts_with("manifest")) part = "manifest";
    parts[part] += bytes;
  }
  return parts;
}

}  // namespace vizsla::bench
