const KUBE_VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const STABILITY = ['alpha', 'beta', ''];

/** Which version comes first: v2 before v1, v1 before v1beta1 before v1alpha1, then all other names by the alphabet. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [KUBE_VERSION.exec(a), KUBE_VERSION.exec(b)];
  if (left === null || right === null) {
    if (left !== null) return -1;
    if (right !== null) return 1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  const stability = STABILITY.indexOf(right[2] ?? '') - STABILITY.indexOf(left[2] ?? '');
  if (stability !== 0) return stability;
  return Number(right[1]) - Number(left[1]) || Number(right[3] ?? 0) - Number(left[3] ?? 0);
}
