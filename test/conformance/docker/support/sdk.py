"""What programs do with docker-py, against the daemon of DOCKER_HOST. Fails with an AssertionError or an API error."""
import io
import tarfile
import threading

import docker

client = docker.from_env(timeout=30)
assert client.ping() and client.info()['Swarm']['LocalNodeState'] == 'inactive'

# Short runs: output, exit code, absent image.
assert client.containers.run('bb:1', ['echo', 'hello'], remove=True) == b'hello\n'
try:
    client.containers.run('bb:1', ['sh', '-c', 'echo oops >&2; exit 3'], remove=True)
    raise AssertionError('the failing command passed')
except docker.errors.ContainerError as error:
    assert (error.exit_status, error.stderr) == (3, b'oops\n')
try:
    client.containers.run('localhost:1/absent:1', 'true')
    raise AssertionError('the absent image ran')
except docker.errors.APIError:
    pass

# A long one: logs while it runs, exec in all ways, archives, limits, names, networks.
box = client.containers.run(
    'bb:1', ['sh', '-c', 'echo one; sleep 0.2; echo two; sleep 60'], detach=True, name='sdk', mem_limit='64m',
    ports={'80/tcp': None}, volumes={'sdk': {'bind': '/v', 'mode': 'rw'}})
lines = box.logs(stream=True, follow=True)
assert [next(lines), next(lines)] == [b'one\n', b'two\n']
lines.close()
assert box.exec_run(['sh', '-c', 'echo out; echo err >&2; exit 4'], demux=True) == (4, (b'out\n', b'err\n'))
stream = box.exec_run('cat', stdin=True, socket=True).output
stream._sock.sendall(b'ping\n')
assert stream.read(13) == b'\x01\0\0\0\0\0\0\x05ping\n'
stream.close()
assert box.exec_run(['echo', 'glued'], tty=True).output == b'glued\r\n'
stats = box.stats(stream=False)
assert stats['memory_stats']['limit'] == 64 * 1024 * 1024 and 'eth0' in stats['networks']

buffer = io.BytesIO()
with tarfile.open(fileobj=buffer, mode='w') as archive:
    entry = tarfile.TarInfo('file')
    entry.size = 5
    archive.addfile(entry, io.BytesIO(b'hello'))
assert box.put_archive('/tmp', buffer.getvalue())
chunks, stat = box.get_archive('/tmp/file')
assert (stat['name'], stat['size']) == ('file', 5)
assert tarfile.open(fileobj=io.BytesIO(b''.join(chunks))).extractfile('file').read() == b'hello'

box.pause()
box.reload()
assert box.status == 'paused'
box.unpause()
box.update(mem_limit='128m', memswap_limit='256m')
box.rename('sdk2')
box.reload()
assert box.name == 'sdk2' and box.ports['80/tcp'] and box.attrs['NetworkSettings']['IPAddress']

network = client.networks.create('sdk', labels={'a': 'b'})
network.connect(box, aliases=['alias'])
network.reload()
assert [each.name for each in network.containers] == ['sdk2']
network.disconnect(box)
network.remove()

# Events of its end, in order.
seen = []
ready = threading.Event()


def watch():
    events = client.events(decode=True, filters={'container': 'sdk2'})
    ready.set()
    for event in events:
        seen.append(event['Action'])
        if event['Action'] == 'destroy':
            return


watcher = threading.Thread(target=watch)
watcher.start()
ready.wait()
box.kill()
assert box.wait()['StatusCode'] == 137
box.remove(v=True)
watcher.join(10)
assert [action for action in seen if not action.startswith('exec')] == ['kill', 'die', 'destroy'], seen

# Images: tag, save, load, commit.
image = client.images.get('bb:1')
image.tag('sdk/image', tag='1')
image.reload()
saved = b''.join(image.save(named='sdk/image:1'))
client.images.remove('sdk/image:1')
assert 'sdk/image:1' in client.images.load(saved)[0].tags
client.images.remove('sdk/image:1')
source = client.containers.create('bb:1', 'true')
assert source.commit('sdk/commit', '1').tags == ['sdk/commit:1']
source.remove()
client.images.remove('sdk/commit:1')
client.volumes.get('sdk').remove()
assert client.containers.list(all=True) == [] and client.volumes.list() == []
