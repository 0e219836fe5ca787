// SHA-256 (FIPS 180-4) of a file, a few megabytes at a time: the browser's own digest wants the whole file in memory. This runs in a worker; the page stays usable.
"use strict";
var K = new Int32Array(64);
(function () { // the first 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2)
  for (var n = 2, found = 0; found < 64; n++) {
    var prime = true;
    for (var d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
    if (prime) K[found++] = (Math.cbrt(n) % 1) * 4294967296 | 0;
  }
})();

function Sha256() {
  this.h = new Int32Array([0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19]);
  this.w = new Int32Array(64);
  this.rest = new Uint8Array(64); // the block that is not full yet
  this.length = 0; // bytes so far; exact up to 2^53
}

// Takes in whole blocks of b, from a byte to before another.
Sha256.prototype.blocks = function (b, from, to) {
  var w = this.w, h = this.h, h0 = h[0], h1 = h[1], h2 = h[2], h3 = h[3], h4 = h[4], h5 = h[5], h6 = h[6], h7 = h[7];
  for (var at = from; at < to; at += 64) {
    for (var i = 0, j = at; i < 16; i++, j += 4) w[i] = b[j] << 24 | b[j + 1] << 16 | b[j + 2] << 8 | b[j + 3];
    for (; i < 64; i++) {
      var x = w[i - 15], y = w[i - 2];
      w[i] = w[i - 16] + w[i - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10);
    }
    var a = h0, bb = h1, c = h2, d = h3, e = h4, f = h5, g = h6, k = h7;
    for (i = 0; i < 64; i++) {
      var t1 = k + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + K[i] + w[i] | 0;
      var t2 = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & bb ^ a & c ^ bb & c) | 0;
      k = g; g = f; f = e; e = d + t1 | 0; d = c; c = bb; bb = a; a = t1 + t2 | 0;
    }
    h0 = h0 + a | 0; h1 = h1 + bb | 0; h2 = h2 + c | 0; h3 = h3 + d | 0; h4 = h4 + e | 0; h5 = h5 + f | 0; h6 = h6 + g | 0; h7 = h7 + k | 0;
  }
  h[0] = h0; h[1] = h1; h[2] = h2; h[3] = h3; h[4] = h4; h[5] = h5; h[6] = h6; h[7] = h7;
};

Sha256.prototype.add = function (bytes) {
  var waiting = this.length % 64, at = 0;
  this.length += bytes.length;
  if (waiting > 0) {
    at = Math.min(64 - waiting, bytes.length);
    this.rest.set(bytes.subarray(0, at), waiting);
    if (waiting + at < 64) return;
    this.blocks(this.rest, 0, 64);
  }
  var end = at + Math.floor((bytes.length - at) / 64) * 64;
  this.blocks(bytes, at, end);
  this.rest.set(bytes.subarray(end));
};

// Gives the hash in hexadecimal; nothing can be added afterwards.
Sha256.prototype.sum = function () {
  var bytes = this.length, waiting = bytes % 64, end = new Uint8Array(waiting < 56 ? 64 : 128), view = new DataView(end.buffer);
  end.set(this.rest.subarray(0, waiting));
  end[waiting] = 0x80;
  view.setUint32(end.length - 8, Math.floor(bytes / 0x20000000));
  view.setUint32(end.length - 4, bytes % 0x20000000 * 8);
  this.blocks(end, 0, end.length);
  return Array.from(this.h, function (n) { return (n >>> 0).toString(16).padStart(8, "0"); }).join("");
};

// In a worker: a file comes in; how far it is, then its hash and size, or that it could not be read, go out.
if (typeof importScripts === "function") {
  self.onmessage = function (message) {
    var file = message.data, hash = new Sha256(), step = 4 << 20;
    function next(at) {
      if (at >= file.size) { self.postMessage({ sha256: hash.sum(), size: file.size }); return; }
      return file.slice(at, at + step).arrayBuffer().then(function (part) {
        hash.add(new Uint8Array(part));
        self.postMessage({ done: Math.min(at + step, file.size), size: file.size });
        return next(at + step);
      });
    }
    Promise.resolve(next(0)).catch(function () { self.postMessage({ failed: true }); });
  };
}
