#include "codec/meta_struct.h"

namespace vizsla::codec {
namespace {

void put_big_endian(std::string& out, std::size_t value, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

void put_name(std::string& out, std::string_view name) {
  if (name.size() < 32) {
    out += static_cast<char>(0xa0 | name.size());
  } else if (name.size() < 0x100) {
    out += '\xd9';
    put_big_endian(out, name.size(), 1);
  } else if (name.size() < 0x10000) {
    out += '\xda';
    put_big_endian(out, name.size(), 2);
  } else {
    out += '\xdb';
    put_big_endian(out, name.size(), 4);
  }
  out += name;
}

void put_bytes(std::string& out, std::string_view bytes) {
  if (bytes.size() < 0x100) {
    out += '\xc4';
    put_big_endian(out, bytes.size(), 1);
  } else if (bytes.size() < 0x10000) {
    out += '\xc5';
    put_big_endian(out, bytes.size(), 2);
  } else {
    out += '\xc6';
    put_big_endian(out, bytes.size(), 4);
  }
  out += bytes;
}

}  // namespace

void MetaStruct::add(std::string_view name, std::string_view bytes) {
  if (count_++ == 0) bytes_.assign(kHeaderBytesMax, '\0');
  put_name(bytes_, name);
  put_bytes(bytes_, bytes);
}

std::string_view MetaStruct::take() {
  if (count_ == 0) return {};
  std::string header;  // short enough for no allocation
  if (count_ < 16) {
    header += static_cast<char>(0x80 | count_);
  } else if (count_ < 0x10000) {
    header += '\xde';
    put_big_endian(header, count_, 2);
  } else {
    header += '\xdf';
    put_big_endian(header, count_, 4);
  }
  count_ = 0;
  const std::size_t begin = kHeaderBytesMax - header.size();
  bytes_.replace(begin, header.size(), header);
  return std::string_view(bytes_).substr(begin);
}

}  // namespace vizsla::codec
