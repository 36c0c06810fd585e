import { Injectable, NotFoundException, type PipeTransform } from '@nestjs/common';

/** A name in a path: nothing is called by control characters, and Postgres refuses some of them. */
@Injectable()
export class LinePipe implements PipeTransform<string, string> {
  transform(name: string): string {
    if (/\p{Control}/u.test(name)) throw new NotFoundException('Nothing has such a name');
    return name;
  }
}
