// libcrypto: hashes, HMAC, signatures and constant-time comparison. libssl: TLS; what it offers as
// macros or callbacks, which Swift can't import, is here under the same names in lower case.
#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

static const uint64_t tls_op_no_compression = SSL_OP_NO_COMPRESSION;
static const uint64_t tls_op_no_renegotiation = SSL_OP_NO_RENEGOTIATION;
static const uint64_t tls_op_no_ticket = SSL_OP_NO_TICKET;
static const uint64_t tls_op_ignore_unexpected_eof = SSL_OP_IGNORE_UNEXPECTED_EOF;

static inline int tls_set_min_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version) == 1;
}

static inline void tls_set_mode(SSL_CTX *context, long mode) { SSL_CTX_set_mode(context, mode); }

static inline void tls_set_session_cache_off(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline int tls_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

// A key that needs a password is none: libcrypto would ask for it on the terminal.
static inline int tls_no_password(char *buffer, int size, int is_writing, void *unused) {
    (void)buffer, (void)size, (void)is_writing, (void)unused;
    return -1;
}

static inline EVP_PKEY *tls_read_private_key(BIO *pem) {
    return PEM_read_bio_PrivateKey(pem, NULL, tls_no_password, NULL);
}

// Whoever offers protocols by ALPN and not HTTP/1.1 among them is refused (RFC 7301 §3.2).
static inline int tls_choose_http11(
    SSL *connection, const unsigned char **chosen, unsigned char *length,
    const unsigned char *offered, unsigned int count, void *unused) {
    static const unsigned char known[] = "\x08http/1.1";
    (void)connection, (void)unused;
    int outcome = SSL_select_next_proto(
        (unsigned char **)chosen, length, known, sizeof known - 1, offered, count);
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static inline void tls_speak_http11(SSL_CTX *context) {
    SSL_CTX_set_alpn_select_cb(context, tls_choose_http11, NULL);
}
