// Uploads a file with tus-js-client: its folder, the file, the address of uploads, an access token. Writes the upload's address.
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";

const [library, file, endpoint, token] = process.argv.slice(2);
const { Upload } = createRequire(import.meta.url)(library);
const upload = new Upload(createReadStream(file), {
  endpoint,
  chunkSize: Infinity,
  retryDelays: Array(100).fill(100),
  headers: { Authorization: `Bearer ${token}` },
  metadata: { filename: "tus-js-client.mp4", bitrate: "96" },
  onError(error) {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess() {
    console.log(upload.url);
  },
});
upload.start();
