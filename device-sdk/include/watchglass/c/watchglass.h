/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WATCHGLASS_C_WATCHGLASS_H
#define WATCHGLASS_C_WATCHGLASS_H

/* The device SDK for C. Stable ABI within a major version of libwatchglass-device.so: structures that may grow begin
 * with their size, functions are only added. No exception, no global state, no callback; one worker thread belongs to
 * each open device and ends in wg_close(). Texts are UTF-8 and end in NUL; what is passed in is copied. Every function
 * may be called from any thread, but not on a device while another thread closes it. */

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define WG_API __attribute__((visibility("default")))
#else
#define WG_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wg_device wg_device;

/* What a call can answer. The code's name ("frame.not_finite") is in wg_error. */
typedef enum wg_result {
    WG_OK = 0,
    WG_INVALID = 1,       /* an argument is wrong: the same call gives the same answer */
    WG_RETRY_LATER = 2,   /* the same call may succeed later */
    WG_TELL_OPERATOR = 3, /* a person is needed: disk, permissions, enrollment */
    WG_NOT_STORED = 4     /* wg_drain(): the time ended first; nothing is lost */
} wg_result;

/* Why a call failed, for a log. Filled on failure when the pointer passed is not NULL. */
typedef struct wg_error {
    char code[64];
    char message[448];
} wg_error;

typedef enum wg_type {
    WG_NUMBER = 1,
    WG_INTEGER = 2,
    WG_BOOLEAN = 3,
    WG_ENUMERATION = 4,
    WG_TEXT = 5
} wg_type;

typedef struct wg_parameter_definition {
    uint32_t number;  /* from 1, within the dictionary */
    const char* name; /* ^[a-z][a-z0-9_]{0,62}$ */
    wg_type type;
    const char* resolution;  /* decimal: "0.01"; NULL: 1 */
    double deadband;         /* a change of at most this is not reported */
    int64_t min_interval_ms; /* between two reported changes */
    int64_t max_interval_ms; /* an unchanged value is confirmed so often; 0: once an hour */
    size_t label_count;      /* enumerations */
    const char* const* labels;
} wg_parameter_definition;

typedef struct wg_options {
    size_t size;            /* sizeof(wg_options) */
    const char* directory;  /* state: identity and journal */
    const char* dictionary; /* name of the dictionary installed on the platform */
    uint32_t dictionary_version;
    const wg_parameter_definition* parameters;
    size_t parameter_count;
    const char* const* alarms; /* names */
    size_t alarm_count;
    const char* software;      /* "acme-cycler 3.1" */
    uint64_t journal_bytes;    /* 0: 256 MiB */
    int64_t flush_interval_ms; /* 0: 1 s */
    int64_t sync_interval_ms;  /* 0: 5 s */
    /* A program built before these were added says a smaller size: it has no proxy. */
    const char* proxy_host; /* HTTP proxy to dial through; NULL: none. The environment's is not used. */
    uint16_t proxy_port;
} wg_options;

typedef struct wg_link_status {
    size_t size; /* sizeof(wg_link_status), set by the caller */
    int connected;
    uint64_t backlog; /* frames the platform has not confirmed as stored */
    uint64_t recorded;
    uint64_t dropped;
    uint64_t bytes_on_disk;
    int64_t oldest_unstored_us; /* microseconds UTC, device clock; 0: none */
    int64_t last_stored_us;     /* 0: never */
    char device[32];
} wg_link_status;

/* "0.1.0"; static. */
WG_API const char* wg_version(void);

/* Turns an enrollment ticket into an identity under `directory`. Waits for the network. Safe to repeat. */
WG_API wg_result wg_enroll(const char* ticket, const char* directory, wg_error* error);

/* The same through an HTTP proxy. */
WG_API wg_result wg_enroll_through(const char* ticket, const char* directory, const char* proxy_host,
                                   uint16_t proxy_port, wg_error* error);

/* *device is NULL on failure. */
WG_API wg_result wg_open(const wg_options* options, wg_device** device, wg_error* error);

/* Flushes, syncs and frees, also on failure. `patience_ms` bounds the wait for the link. NULL is fine. */
WG_API wg_result wg_close(wg_device* device, int64_t patience_ms, wg_error* error);

/* A parameter's number by its name; 0: no such parameter. */
WG_API uint32_t wg_parameter(const wg_device* device, const char* name);

/* Readings: numbers, integers, booleans (0, 1) and enumerations (index). Never wait for disk or network. */
WG_API wg_result wg_set(wg_device* device, uint32_t parameter, double value, wg_error* error);
WG_API wg_result wg_set_at(wg_device* device, uint32_t parameter, double value, int64_t at_us,
                           wg_error* error);
WG_API wg_result wg_set_text(wg_device* device, uint32_t parameter, const char* value, wg_error* error);
WG_API wg_result wg_set_text_at(wg_device* device, uint32_t parameter, const char* value, int64_t at_us,
                                wg_error* error);

WG_API wg_result wg_raise(wg_device* device, const char* alarm, const char* text, wg_error* error);
WG_API wg_result wg_clear(wg_device* device, const char* alarm, const char* text, wg_error* error);

WG_API wg_result wg_get_link_status(const wg_device* device, wg_link_status* status);
WG_API void wg_flush(wg_device* device);
/* Waits until everything recorded before is stored on the platform. */
WG_API wg_result wg_drain(wg_device* device, int64_t patience_ms, wg_error* error);

#ifdef __cplusplus
}
#endif

#endif
