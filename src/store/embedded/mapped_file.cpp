#include "store/embedded/mapped_file.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vizsla::store {

Result<std::unique_ptr<const MappedFile>> MappedFile::open(const std::string& path, std::uint64_t expected_bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(errno == ENOENT ? ErrorCode::Corrupt : ErrorCode::Unavailable,
                fmt::format("cannot open {}: {}", path, std::generic_category().message(errno)));
  }
  struct stat info{};
  const bool whole =
      ::fstat(fd, &info) == 0 && static_cast<std::uint64_t>(info.st_size) == expected_bytes && expected_bytes > 0;
  void* mapping = whole ? ::mmap(nullptr, expected_bytes, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  const int error = errno;
  ::close(fd);
  if (!whole) return fail(ErrorCode::Corrupt, fmt::format("{}: has another length than the manifest says", path));
  if (mapping == MAP_FAILED)
    return fail(ErrorCode::Unavailable, fmt::format("cannot map {}: {}", path, std::generic_category().message(error)));
  return std::unique_ptr<const MappedFile>(new MappedFile(mapping, expected_bytes));
}

MappedFile::~MappedFile() {
  ::munmap(const_cast<void*>(mapping_), size_);
}

}  // namespace vizsla::store
