#include "store/embedded/files.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/check.h"

namespace vizsla::store {
namespace {

Error errno_error(std::string_view what, const std::string& path, int error) {
  ErrorCode code = ErrorCode::Internal;
  if (error == ENOSPC || error == EDQUOT || error == EROFS || error == EACCES || error == EPERM || error == EMFILE ||
      error == ENFILE || error == EIO)
    code = ErrorCode::Unavailable;
  if (error == ENOENT) code = ErrorCode::NotFound;
  return {code, fmt::format("cannot {} {}: {}", what, path, std::generic_category().message(error))};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int get() const { return fd_; }

 private:
  const int fd_;
};

int open_retrying(const std::string& path, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(std::string path, int fd, std::uint64_t size) : path_(std::move(path)), fd_(fd), size_(size) {}

  Result<void> append(std::span<const Bytes> pieces) override {
    std::vector<iovec> left;
    left.reserve(pieces.size());
    for (const Bytes piece : pieces) {
      if (!piece.empty()) left.push_back({const_cast<std::uint8_t*>(piece.data()), piece.size()});
    }
    for (std::size_t first = 0; first < left.size();) {
      const auto count = static_cast<int>(std::min<std::size_t>(left.size() - first, IOV_MAX));
      const ssize_t written = ::writev(fd_.get(), left.data() + first, count);
      if (written < 0) {
        if (errno == EINTR) continue;
        return fail(errno_error("write to", path_, errno));
      }
      size_ += static_cast<std::uint64_t>(written);
      auto done = static_cast<std::size_t>(written);
      while (first < left.size() && done >= left[first].iov_len) done -= left[first++].iov_len;
      if (done > 0) {
        left[first].iov_base = static_cast<std::uint8_t*>(left[first].iov_base) + done;
        left[first].iov_len -= done;
      }
    }
    start_writing_back();
    return {};
  }

  Result<void> sync() override {
    if (::fdatasync(fd_.get()) != 0) return fail(errno_error("sync", path_, errno));
    written_back_ = size_;
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return fail(errno_error("truncate", path_, errno));
    if (::lseek(fd_.get(), static_cast<off_t>(size), SEEK_SET) < 0) return fail(errno_error("seek in", path_, errno));
    size_ = size;
    written_back_ = std::min(written_back_, size);
    return {};
  }

  [[nodiscard]] std::uint64_t size() const override { return size_; }

 private:
  // A file system with a journal may write out what all files have before one sync returns: a block of 100 MB that
  // waits in memory would hold up the log's. So what has come together goes on its way early. Only a hint; sync()
  // answers for it.
  void start_writing_back() {
    constexpr std::uint64_t kWriteBackBytes = 4 << 20;
    if (size_ < written_back_ + kWriteBackBytes) return;
    ::sync_file_range(fd_.get(), static_cast<off_t>(written_back_), static_cast<off_t>(size_ - written_back_),
                      SYNC_FILE_RANGE_WRITE);
    written_back_ = size_;
  }

  const std::string path_;
  const Descriptor fd_;
  std::uint64_t size_;
  std::uint64_t written_back_ = 0;  // up to here writing to the disk has at least begun
};

class PosixReadableFile final : public ReadableFile {
 public:
  PosixReadableFile(std::string path, int fd, std::uint64_t size) : path_(std::move(path)), fd_(fd), size_(size) {}

  Result<void> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    while (!into.empty()) {
      const ssize_t got = ::pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset));
      if (got < 0) {
        if (errno == EINTR) continue;
        return fail(errno_error("read", path_, errno));
      }
      if (got == 0) {
        return fail(ErrorCode::Corrupt,
                    fmt::format("{} ends at byte {}, {} more were expected", path_, offset, into.size()));
      }
      offset += static_cast<std::uint64_t>(got);
      into = into.subspan(static_cast<std::size_t>(got));
    }
    return {};
  }

  [[nodiscard]] std::uint64_t size() const override { return size_; }

 private:
  const std::string path_;
  const Descriptor fd_;
  const std::uint64_t size_;
};

class PosixFolderLock final : public FolderLock {
 public:
  explicit PosixFolderLock(std::unique_ptr<Descriptor> fd) : fd_(std::move(fd)) {}

 private:
  const std::unique_ptr<Descriptor> fd_;  // the kernel gives up the lock with the last descriptor
};

class PosixFiles final : public Files {
 public:
  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    const int fd = open_retrying(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    if (fd < 0) return fail(errno_error("create", path, errno));
    return std::make_unique<PosixWritableFile>(path, fd, 0);
  }

  Result<std::unique_ptr<WritableFile>> open_append(const std::string& path) override {
    const int fd = open_retrying(path, O_WRONLY);
    if (fd < 0) return fail(errno_error("open", path, errno));
    const off_t size = ::lseek(fd, 0, SEEK_END);
    auto file = std::make_unique<PosixWritableFile>(path, fd, static_cast<std::uint64_t>(std::max<off_t>(size, 0)));
    if (size < 0) return fail(errno_error("seek in", path, errno));
    return file;
  }

  Result<std::shared_ptr<const ReadableFile>> open(const std::string& path) override {
    const int fd = open_retrying(path, O_RDONLY);
    if (fd < 0) return fail(errno_error("open", path, errno));
    struct stat info{};
    const bool known = ::fstat(fd, &info) == 0;
    auto file = std::make_shared<PosixReadableFile>(path, fd, static_cast<std::uint64_t>(info.st_size));
    if (!known) return fail(errno_error("look at", path, errno));
    return file;
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return fail(errno_error("rename to " + to, from, errno));
    return {};
  }

  Result<void> link(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) == 0) return {};
    Error error = errno_error("link to " + to, from, errno);
    if (errno == EXDEV || errno == EPERM || errno == EMLINK || errno == EOPNOTSUPP || errno == ENOSYS)
      error.code = ErrorCode::Unsupported;
    return fail(std::move(error));
  }

  Result<void> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail(errno_error("remove", path, errno));
    return {};
  }

  Result<void> sync_folder(const std::string& path) override {
    const Descriptor fd(open_retrying(path, O_RDONLY | O_DIRECTORY));
    if (fd.get() < 0) return fail(errno_error("open folder", path, errno));
    if (::fsync(fd.get()) != 0) return fail(errno_error("sync folder", path, errno));
    return {};
  }

  Result<void> make_folder(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return fail(errno_error("make folder", path, error.value()));
    return {};
  }

  Result<std::vector<Entry>> list(const std::string& path) override {
    std::vector<Entry> entries;
    std::error_code error;
    for (std::filesystem::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      std::error_code ignored;
      const bool folder = it->is_directory(ignored);
      const auto size = folder ? 0 : it->file_size(ignored);
      const bool unknown = static_cast<bool>(ignored);
      entries.push_back(
          {it->path().filename().string(), unknown ? 0 : size, folder, !unknown && it->is_regular_file(ignored)});
    }
    if (error) return fail(errno_error("list", path, error.value()));
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
    return entries;
  }

  Result<std::uint64_t> free_bytes(const std::string& path) override {
    struct statvfs info{};
    if (::statvfs(path.c_str(), &info) != 0) return fail(errno_error("look at the disk of", path, errno));
    return std::uint64_t{info.f_bavail} * info.f_frsize;
  }

  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& path) override {
    const std::string name = path + "/LOCK";
    auto fd = std::make_unique<Descriptor>(open_retrying(name, O_RDWR | O_CREAT, 0640));
    if (fd->get() < 0) return fail(errno_error("create", name, errno));
    if (::flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
      char holder[32] = {};
      if (::pread(fd->get(), holder, sizeof(holder) - 1, 0) <= 0) holder[0] = '\0';
      return fail(ErrorCode::Unavailable,
                  fmt::format("{} is in use by another process{}{}", path, holder[0] != '\0' ? ", pid " : "", holder));
    }
    const std::string pid = std::to_string(::getpid());
    if (::ftruncate(fd->get(), 0) != 0 || ::pwrite(fd->get(), pid.data(), pid.size(), 0) < 0)
      return fail(errno_error("write to", name, errno));
    return std::make_unique<PosixFolderLock>(std::move(fd));
  }
};

}  // namespace

std::unique_ptr<Files> make_posix_files() {
  return std::make_unique<PosixFiles>();
}

Result<std::vector<std::uint8_t>> read_file(Files& files, const std::string& path) {
  VIZSLA_TRY(const auto file, files.open(path));
  std::vector<std::uint8_t> content(file->size());
  VIZSLA_TRY_VOID(file->read_at(0, content));
  return content;
}

Result<void> replace_file(Files& files, const std::string& folder, const std::string& name, Bytes content) {
  const std::string temporary = fmt::format("{}/{}{}", folder, name, kUnfinishedSuffix);
  {
    VIZSLA_TRY(const auto file, files.create(temporary));
    VIZSLA_TRY_VOID(file->append({&content, 1}));
    VIZSLA_TRY_VOID(file->sync());
  }
  VIZSLA_TRY_VOID(files.rename(temporary, folder + "/" + name));
  return files.sync_folder(folder);
}

}  // namespace vizsla::store
