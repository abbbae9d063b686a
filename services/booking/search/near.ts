/** Places around a place: what an index of points can be asked for before distances are looked at. */

/** A place in degrees. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** Everything between two corners, in degrees. */
export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

const earthRadiusKm = 6371.0088;
const toDegrees = 180 / Math.PI;
/** About ten metres: what rounding could leave out at a box's rim. */
const slackDegrees = 1e-4;

/** One box, or two where the date line is between them, with every place of that distance from the place. */
export function boxesAround({ latitude, longitude }: Place, km: number): readonly Box[] {
  const angle = km / earthRadiusKm;
  const up = angle * toDegrees + slackDegrees;
  const south = Math.max(-90, latitude - up);
  const north = Math.min(90, latitude + up);
  // Around a pole all longitudes are near.
  if (south === -90 || north === 90) return [{ west: -180, south, east: 180, north }];
  const aside = Math.asin(Math.min(1, Math.sin(angle) / Math.cos(latitude / toDegrees))) * toDegrees;
  const west = longitude - aside - slackDegrees;
  const east = longitude + aside + slackDegrees;
  if (west < -180) {
    return [
      { west: -180, south, east, north },
      { west: west + 360, south, east: 180, north },
    ];
  }
  if (east > 180) {
    return [
      { west, south, east: 180, north },
      { west: -180, south, east: east - 360, north },
    ];
  }
  return [{ west, south, east, north }];
}

/** The place of a query's `38.71,-9.14`. */
export function placeOf(text: string): Place {
  const [latitude, longitude] = text.split(",").map(Number);
  return { latitude: latitude!, longitude: longitude! };
}
