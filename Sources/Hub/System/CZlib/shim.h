// zlib: raw deflate (RFC 1951) for WebSocket messages and event streams. Its initializers are
// macros that check the version, so they are functions here.
#pragma once
#include <stdlib.h>
#include <zlib.h>

/// A stream on the heap: zlib keeps its address, so it must not move.
static inline z_stream *lx_deflate_new(int level, int window_bits) {
    z_stream *stream = calloc(1, sizeof(z_stream));
    if (!stream) return NULL;
    if (deflateInit2(stream, level, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(stream);
        return NULL;
    }
    return stream;
}

static inline void lx_deflate_free(z_stream *stream) {
    deflateEnd(stream);
    free(stream);
}

static inline z_stream *lx_inflate_new(void) {
    z_stream *stream = calloc(1, sizeof(z_stream));
    if (!stream) return NULL;
    if (inflateInit2(stream, -15) != Z_OK) {
        free(stream);
        return NULL;
    }
    return stream;
}

static inline void lx_inflate_free(z_stream *stream) {
    inflateEnd(stream);
    free(stream);
}
