#include "intake/container_identity.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include <fmt/format.h>
#include <sys/stat.h>

namespace vizsla::intake {
namespace {

constexpr auto kRemembered = std::chrono::minutes(1);
constexpr std::size_t kProcessesMax = 10'000;
constexpr auto kReadAgain = std::chrono::seconds(10);
// Of the tree of cgroups, so that a strange machine costs no more than that.
constexpr int kDepthMax = 12;
constexpr std::size_t kFoldersMax = 20'000;

bool is_hex(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// 64 hex digits; ECS: 32 of them, a dash, decimals; Garden: 8-4-4-4-4.
bool is_container_id(std::string_view text) {
  if (text.size() == 64) return is_hex(text);
  if (text.size() == 28) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (dash ? text[i] != '-' : !is_hex(text.substr(i, 1))) return false;
    }
    return true;
  }
  if (text.size() < 34 || text[32] != '-' || !is_hex(text.substr(0, 32))) return false;
  const std::string_view number = text.substr(33);
  return std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint64_t> inode_in(std::string_view text) {
  std::uint64_t inode = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), inode);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return inode;
}

}  // namespace

std::string_view container_id_in_path(std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    std::string_view part = slash == std::string_view::npos ? path : path.substr(slash + 1);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
    if (part.ends_with(".scope")) part.remove_suffix(6);
    if (is_container_id(part)) return part;
    // "docker-<id>", "cri-containerd-<id>", "cri-containerd:<id>", "libpod-<id>".
    if (part.size() > 64 && (part[part.size() - 65] == '-' || part[part.size() - 65] == ':') &&
        is_hex(part.substr(part.size() - 64)))
      return part.substr(part.size() - 64);
  }
  return {};
}

std::string ContainerIdentity::of(const http::Request& request) {
  std::string_view entity = request.headers.get("Datadog-Entity-ID");
  if (!entity.empty()) {
    // Nothing else is tried then. In a list the container's own id wins over an inode that has to be looked up.
    const bool single = entity.find(',') == std::string_view::npos;
    std::optional<std::uint64_t> inode;
    while (!entity.empty()) {
      const std::string_view part = entity.substr(0, entity.find(','));
      entity.remove_prefix(std::min(entity.size(), part.size() + 1));
      if (part.starts_with("ci-")) return std::string(part.substr(3));
      if (single && part.starts_with("cid-")) return std::string(part.substr(4));
      if (part.starts_with("in-") && !inode) inode = inode_in(part.substr(3));
    }
    return inode ? of_inode(*inode) : std::string{};
  }
  const std::string_view id = request.headers.get("Datadog-Container-ID");
  if (!id.empty()) return std::string(id);
  return request.peer_pid > 0 ? of_process(request.peer_pid) : std::string{};
}

std::string ContainerIdentity::of_process(int pid) {
  const auto now = clock_.steady();
  const auto known = processes_.with([&](const auto& all) -> std::optional<std::string> {
    const auto at = all.find(pid);
    if (at == all.end() || at->second.until <= now) return std::nullopt;
    return at->second.id;
  });
  if (known) return *known;

  std::string id;
  std::ifstream file(fmt::format("{}/{}/cgroup", roots_.proc, pid));
  // "12:memory:/docker/<id>"; of several hierarchies the first that says it.
  for (std::string line; id.empty() && std::getline(file, line);) {
    const std::size_t path = line.find(':', line.find(':') + 1);
    if (path != std::string::npos) id = container_id_in_path(std::string_view(line).substr(path + 1));
  }
  processes_.with([&](auto& all) {
    if (all.size() >= kProcessesMax) all.clear();
    all[pid] = {id, now + kRemembered};
  });
  return id;
}

std::string ContainerIdentity::of_inode(std::uint64_t inode) {
  const auto now = clock_.steady();
  // Whoever asks first reads; the others wait for what is read.
  return cgroups_.with([&](Cgroups& cgroups) {
    auto at = cgroups.ids.find(inode);
    if (at == cgroups.ids.end() && (!cgroups.read_at || now - *cgroups.read_at >= kReadAgain)) {
      cgroups.ids = read_cgroups();
      cgroups.read_at = now;
      at = cgroups.ids.find(inode);
    }
    return at == cgroups.ids.end() ? std::string{} : at->second;
  });
}

std::map<std::uint64_t, std::string> ContainerIdentity::read_cgroups() const {
  namespace fs = std::filesystem;
  std::map<std::uint64_t, std::string> ids;
  std::error_code error;
  std::size_t folders = 0;
  fs::recursive_directory_iterator it(roots_.cgroups, fs::directory_options::skip_permission_denied, error);
  for (const fs::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (!it->is_directory(ignored)) continue;
    if (++folders > kFoldersMax) break;
    if (it.depth() >= kDepthMax) it.disable_recursion_pending();
    const std::string path = it->path().string();
    const std::string_view id = container_id_in_path(path);
    struct stat info{};
    if (!id.empty() && ::stat(path.c_str(), &info) == 0) ids.emplace(info.st_ino, id);
  }
  return ids;
}

}  // namespace vizsla::intake
